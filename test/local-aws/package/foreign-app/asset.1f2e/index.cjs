/** Calls an AWS operation over HTTP; a bundle of a real app would contain the AWS SDK. */
async function call(service, target, input) {
	const credential = `${process.env.AWS_ACCESS_KEY_ID}/20260101/us-east-1/${service}/aws4_request`;
	const response = await fetch(process.env.AWS_ENDPOINT_URL, {
		method: 'POST',
		headers: {
			'x-amz-target': target,
			'content-type': 'application/x-amz-json-1.0',
			'x-amz-date': '20260101T000000Z',
			authorization: `AWS4-HMAC-SHA256 Credential=${credential}, SignedHeaders=host, Signature=0`,
		},
		body: JSON.stringify(input),
	});
	const output = await response.json();
	if (!response.ok) throw new Error(`${target}: ${JSON.stringify(output)}`);
	return output;
}

exports.api = async ({ routeKey, pathParameters, body }) => {
	if (routeKey === 'POST /items') {
		await call('sqs', 'AmazonSQS.SendMessage', { QueueUrl: process.env.QUEUE_URL, MessageBody: body });
		return { statusCode: 202 };
	}
	const { Item } = await call('dynamodb', 'DynamoDB_20120810.GetItem', {
		TableName: process.env.TABLE,
		Key: { id: { S: pathParameters.id } },
		ConsistentRead: true,
	});
	return Item === undefined ? { statusCode: 404 } : { text: Item.text.S };
};

exports.worker = async ({ Records }) => {
	for (const { body } of Records) {
		await call('states', 'AWSStepFunctions.StartExecution', {
			stateMachineArn: process.env.MACHINE_ARN,
			input: body,
		});
	}
};

exports.store = async ({ id, text }) => {
	await call('dynamodb', 'DynamoDB_20120810.PutItem', {
		TableName: process.env.TABLE,
		Item: { id: { S: id }, text: { S: text.toUpperCase() } },
	});
};
